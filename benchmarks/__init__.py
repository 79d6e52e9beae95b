"""Big invented claim files, and how fast edi-lint reads them beside pyx12's own validator."""
