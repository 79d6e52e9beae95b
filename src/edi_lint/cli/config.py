"""`edi-lint config`: what is in force in this folder, and where each value came from."""

from __future__ import annotations

from edi_lint.cli.formats import FindingsFormat
from edi_lint.cli.options import Config, Threshold, choice, settings_file
from edi_lint.cli.output import write


def config(config: Config = None) -> None:
    """Print the settings in force, and where each came from.

    They are printed as TOML. Options of a command line win over them. Claim numbers, and the
    password in a ledger's URL, are not printed.

    Exit status: 0, or 2 when the settings cannot be used.

    \b
    Examples:
      edi-lint config
      edi-lint config --config other/edi-lint.toml
    """
    from edi_lint.reporters import settings_page

    file = settings_file(config)
    fail_on = choice(None, file, "fail-on", file.fail_on, Threshold.ERROR)
    output_format = choice(None, file, "output-format", file.output_format, FindingsFormat.TEXT)
    page = settings_page.page(file._replace(fail_on=fail_on, output_format=output_format))
    write(page.encode(errors="backslashreplace"), None)
