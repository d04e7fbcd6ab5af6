"""Run the local AWS for other processes: python -m approvals.demo.stepfunctions --port 5001."""

import argparse
import sys
import threading

from approvals.demo.stepfunctions.local_aws import LocalAws


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m approvals.demo.stepfunctions", description=__doc__)
    parser.add_argument("--port", type=int, default=5001, help="0 picks a free one (default: %(default)s)")
    with LocalAws(port=parser.parse_args().port) as aws:
        sys.stdout.write(f"{aws.endpoint}\n")
        sys.stdout.flush()
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            return


if __name__ == "__main__":
    main()
