"""Stand-in for `nsupdate` and `dig`: the DNS of a sandbox site is its hosts file.

Usage: dns.py nsupdate [-v] -k KEYFILE   commands on stdin: server, zone, update delete, update add, send
       dns.py dig [@SERVER] [+short] NAME [A]
In its folder a file `refuse` makes updates fail, and `frozen` makes them succeed without a change of the answers.
"""

import os
import sys
import tempfile

FOLDER = "/var/lib/stand-in-dns"
HOSTS = f"{FOLDER}/hosts"
MARK = "# dynamic"


def records():
    with open(HOSTS, encoding="utf-8") as file:
        return file.read().splitlines()


def nsupdate(arguments):
    key = arguments[arguments.index("-k") + 1] if "-k" in arguments else ""
    try:
        with open(key, encoding="utf-8") as file:
            file.read()
    except OSError as error:
        sys.exit(f"nsupdate (stand-in): could not read key from {key}: {error.strerror}")
    zone, lines, sent = "", records(), False
    for command in sys.stdin.read().splitlines():
        words = command.split()
        if not words or words[0] == "server":
            continue
        if words[0] == "zone":
            zone = words[1].rstrip(".")
        elif words[:2] == ["update", "delete"]:
            name = inside(words[2], zone)
            lines = [line for line in lines if not (line.endswith(MARK) and line.split()[1] == name)]
        elif words[:2] == ["update", "add"]:
            name = inside(words[2], zone)
            if len(words) != 6 or not words[3].isdigit() or words[4] != "A":
                sys.exit(f"nsupdate (stand-in): syntax error: {command}")
            lines.append(f"{words[5]} {name} {MARK}")
        elif words[0] == "send":
            sent = True
        else:
            sys.exit(f"nsupdate (stand-in): incorrect section name: {words[0]}")
    if os.path.exists(f"{FOLDER}/refuse"):
        print("update failed: REFUSED", file=sys.stderr)
        sys.exit(2)
    if sent and not os.path.exists(f"{FOLDER}/frozen"):
        handle, path = tempfile.mkstemp(dir=FOLDER)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write("\n".join(lines) + "\n")
        os.chmod(path, 0o644)
        os.replace(path, HOSTS)


def inside(name, zone):
    name = name.rstrip(".")
    if not name.endswith(f".{zone}"):
        print(f"update failed: NOTZONE: {name} is not in {zone}", file=sys.stderr)
        sys.exit(2)
    return name


def dig(arguments):
    names = [word.rstrip(".") for word in arguments if word[0] not in "@+-" and word != "A"]
    for line in records():
        words = line.split()
        if len(words) > 1 and words[1] in names:
            print(words[0])


{"nsupdate": nsupdate, "dig": dig}[sys.argv[1]](sys.argv[2:])
