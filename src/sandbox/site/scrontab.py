"""Stand-in for `scrontab`, which Debian's Slurm is built without. Entries run when told to, not by the clock.

Usage: scrontab.py -l | -r | FILE | - | --run
As with the real one, an entry is a cron line with the `#SCRON` options before it, and the entry of a job that was
cancelled is shown with `#DISABLED: ` before each of its lines. `--run` submits every entry as a job and prints its id.
"""

import json
import os
import pwd
import re
import subprocess
import sys

USER = pwd.getpwuid(os.getuid()).pw_name
TABLE = f"/var/spool/scrontab/{USER}"
JOBS = f"{TABLE}.jobs"
DISABLED = "#DISABLED: "
ENTRY = re.compile(r"^\s*(?:@\w+|(?:[-*/,\w]+\s+){5})\s*(.+)$")


def read(path):
    try:
        with open(path, encoding="utf-8") as file:
            return file.read()
    except FileNotFoundError:
        return None


def write(path, text):
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


def entries(lines):
    """Yields (line numbers, options, command) of each entry."""
    options, numbers = [], []
    for number, line in enumerate(lines):
        match = ENTRY.match(line)
        if line.startswith("#SCRON"):
            options += line[len("#SCRON") :].split()
            numbers.append(number)
        elif match and not line.lstrip().startswith("#"):
            yield [*numbers, number], options, match.group(1)
            options, numbers = [], []


def cancelled(job):
    shown = subprocess.run(["scontrol", "show", "job", "-o", str(job)], capture_output=True, text=True, check=False)
    return "JobState=CANCELLED" in shown.stdout


def disabled_lines():
    return {line for numbers, job in json.loads(read(JOBS) or "[]") if cancelled(job) for line in numbers}


def show():
    table = read(TABLE)
    if table is None:
        sys.exit(f"no crontab for {USER}")
    disabled = disabled_lines()
    for number, line in enumerate(table.splitlines()):
        print(f"{DISABLED if number in disabled else ''}{line}")


def replace(path):
    text = sys.stdin.read() if path == "-" else read(path)
    if text is None:
        sys.exit(f"scrontab: error: failed to open {path}")
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip() and not line.lstrip().startswith("#") and not ENTRY.match(line):
            sys.exit(f"scrontab: error: crontab is invalid at line {number}: {line}")
    write(TABLE, text)
    write(JOBS, "[]")


def run():
    lines = (read(TABLE) or "").splitlines()
    jobs = json.loads(read(JOBS) or "[]")
    disabled = disabled_lines()
    for numbers, options, command in entries(lines):
        if numbers[-1] in disabled:
            continue
        wrapped = ["sbatch", "--parsable", *options, f"--wrap={command}"]
        job = subprocess.run(wrapped, capture_output=True, text=True, check=False)
        if job.returncode != 0:
            sys.exit(job.stderr)
        jobs.append([numbers, int(job.stdout)])
        print(job.stdout.strip())
    write(JOBS, json.dumps(jobs))


def main():
    word = sys.argv[1] if len(sys.argv) > 1 else "-"
    if word == "-l":
        show()
    elif word == "-r":
        for path in (TABLE, JOBS):
            if os.path.exists(path):
                os.remove(path)
    elif word == "--run":
        run()
    else:
        replace(word)


main()
