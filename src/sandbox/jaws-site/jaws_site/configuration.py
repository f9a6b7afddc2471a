"""Reads jaws-site.conf the way JAWS Site does, and refuses one that lacks what a service needs."""

import configparser
import os

REQUIRED = {
    "GLOBUS": ("endpoint_id", "host_path"),
    "DB": ("user", "password"),
    "CROMWELL": ("url",),
    "SITE": ("id", "deployment", "inputs_dir"),
}


class ConfigurationError(Exception):
    """The file cannot be used; the message says why."""


def overrides(environment):
    """Values that `<prefix><SECTION>_<key>` variables give: {section: {key: value}}."""
    prefix = environment.get("ENV_OVERRIDE_PREFIX")
    if prefix is None:
        return {}
    if not 3 <= len(prefix) <= 20:
        raise ConfigurationError(f"ENV_OVERRIDE_PREFIX: {len(prefix)} characters, expected 3 to 20")
    found = {}
    for name, value in environment.items():
        if name.startswith(prefix):
            section, _, key = name[len(prefix) :].partition("_")
            found.setdefault(section, {})[key.lower()] = value
    return found


def read(path, environment):
    """Returns {section: {key: value}}.

    Raises ConfigurationError when the file is unreadable, not valid, or lacks a required key.
    """
    parser = configparser.ConfigParser()
    given = overrides(environment)
    try:
        with open(path, encoding="utf-8") as file:
            parser.read_file(file)
        # An override is interpolated like a value of the file.
        config = {name: dict(parser.items(name, vars=given.get(name))) for name in parser.sections()}
    except (OSError, UnicodeDecodeError, configparser.Error) as error:
        raise ConfigurationError(f"{path}: {type(error).__name__}: {error}") from error
    config = {
        section: {key: os.path.expandvars(value) for key, value in values.items()}
        for section, values in config.items()
    }
    missing = [
        f"[{section}] {key}"
        for section, keys in REQUIRED.items()
        for key in keys
        if key not in config.get(section, {})
    ]
    if missing:
        raise ConfigurationError(f"{path}: missing {', '.join(missing)}")
    config.setdefault("RMQ", {})
    return config
