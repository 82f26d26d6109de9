"""What the command line does with renders that were ordered: list, follow up, mend."""
