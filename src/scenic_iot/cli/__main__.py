"""`python -m scenic_iot.cli`, for launchers that want a module: see `scenic_iot.train.processes`."""

from scenic_iot.cli import main

main()
