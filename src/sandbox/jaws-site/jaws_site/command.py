"""The command `jaws-site` of the stand-in."""

import argparse
import logging
import os
import signal
import sys
import threading

from . import configuration, login

SERVICES = ("rpc-server", "run-daemon", "transfer-daemon", "message-consumer")
LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")


def version():
    try:
        from ._version import VERSION

        return VERSION
    except ImportError:
        return "0+source"


def arguments(argv):
    parser = argparse.ArgumentParser(
        prog="jaws-site",
        description="Stand-in for JAWS Site: runs, logs and stops like a service and does none of its work.",
    )
    parser.add_argument("--log", metavar="FILE", help="log file; standard error when absent")
    parser.add_argument("--config", metavar="FILE", help="jaws-site.conf")
    parser.add_argument("--log-level", metavar="LEVEL", type=str.upper, choices=LEVELS, default="INFO")
    parser.add_argument("--version", action="version", version=f"jaws-site {version()}")
    commands = parser.add_subparsers(dest="service", metavar="SERVICE", required=True)
    for service in SERVICES:
        commands.add_parser(service, help=f"run the {service}")
    options = parser.parse_args(argv)
    if not options.config:
        parser.error("--config is required")
    return options


def main(argv=None):
    options = arguments(argv)
    try:
        logging.basicConfig(
            filename=options.log,
            level=options.log_level,
            format="%(asctime)s %(levelname)s %(process)d " + options.service + ": %(message)s",
        )
    except OSError as error:
        sys.exit(f"jaws-site: cannot write the log: {error}")
    log = logging.getLogger("jaws_site")
    folder = os.path.dirname(os.path.abspath(options.config))

    def ordered(fault):
        return os.path.exists(os.path.join(folder, f"{fault}-{options.service}"))

    def fail(message):
        log.critical(message)
        sys.exit(f"jaws-site {options.service}: {message}")

    stop = threading.Event()

    def end(number, _frame):
        if ordered("hang"):
            log.warning("ignoring %s", signal.Signals(number).name)
            return
        log.info("%s received", signal.Signals(number).name)
        stop.set()

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)

    try:
        config = configuration.read(options.config, os.environ)
    except configuration.ConfigurationError as error:
        fail(str(error))
    log.info("jaws-site %s (stand-in) for %s %s", version(), config["SITE"]["id"], config["SITE"]["deployment"])
    if ordered("fail"):
        fail(f"ordered to fail by {folder}/fail-{options.service}")

    wanted = {"DB": "mysql", "RMQ": "rabbitmq"}
    beat = float(os.environ.get("JAWS_SITE_HEARTBEAT_SEC", "5"))
    while not stop.is_set():
        for section in list(wanted):
            try:
                login.log_in(wanted[section], config[section], stop)
                log.info("logged in to %s at %s", wanted[section], config[section]["host"])
                del wanted[section]
            except login.Denied as error:
                fail(str(error))
            except OSError as error:
                log.warning("%s at %s: %s; trying again", wanted[section], config[section].get("host"), error)
        log.info("alive")
        stop.wait(beat)
    log.info("stopped")
    return 0
