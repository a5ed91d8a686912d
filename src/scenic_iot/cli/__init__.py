"""The command line, `scenic`: a thin layer. Commands parse, call and print; stages are imported when they run."""

from __future__ import annotations

import sys
from importlib import import_module

import click

from scenic_iot import __version__

# command -> (module, what it does); the module is imported when the command runs or its --help is asked for
_COMMANDS = {
    "run": ("run", "Turn instructions into commands."),
    "demo": ("demo", "Show the bundled model at work."),
    "eval": ("evaluate", "Score a model on gold instructions."),
    "home": ("home", "Check a home file."),
    "data": ("data", "Generate and inspect Smart Home Instruct."),
    "train": ("train", "Train a model from a recipe and make its bundle."),
    "select": ("select", "Train and compare families, sizes and objectives."),
    "calibrate": ("calibrate", "Fit how sure a bundle's commands are."),
    "compress": ("compress", "Prune, shrink, quantize and pack models; what each costs and buys."),
    "profile": ("profile", "Speed of components: one core, a GPU with 2:4 products, TensorRT."),
    "model": ("model", "List the model presets."),
    "bench": ("bench", "The benchmark, baselines, harm; speed, size and memory."),
    "report": ("report", "Measure a bundle and write the figures into its card and a README."),
}


class _Lazy(click.Group):
    """Subcommands that live in modules of their own."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return None
        command = import_module(f"scenic_iot.cli.{_COMMANDS[cmd_name][0]}").command
        assert isinstance(command, click.Command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, about) for name, (_, about) in _COMMANDS.items()])


@click.group(cls=_Lazy, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="scenic")
def cli() -> None:
    """What people say at home, as commands that machines obey; everything on this machine.

    \b
    scenic run "把客厅的灯关了"                light@living_room power=off
    scenic run "kill the lights in the den"    light@study power=off
    """


def main() -> None:
    """Entry point. What a user can mend (a file, a bundle …) is one line on standard error and exit status 2."""
    from scenic_iot.cli.errors import user_errors

    try:
        cli()
    except user_errors() as error:
        click.echo(f"scenic: {error}", err=True)
        sys.exit(2)
    except BrokenPipeError:  # the reader of our output went away, as `| head` does
        sys.stderr.close()
        sys.exit(0)
