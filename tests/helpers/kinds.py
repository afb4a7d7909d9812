"""Articles of a small town, to ask every kind of question about."""

from __future__ import annotations

ARTICLES = {
    "harbour.txt": (
        "Harbour reopens after dredging\n\nBy Ines Okafor\nThe Lowtide Gazette\n\n"
        "March 9, 2012\n\n"
        "The harbour of Lowtide reopened to fishing boats on March 4, weeks later than promised. "
        "Dredgers removed 41,000 cubic metres of silt from the channel, and the harbour dues "
        "stayed as they were.\n\n"
        "Marta Quill, the harbour master, said the contractor had struck a wreck in January. "
        "Divers needed nineteen days to clear it.\n\n"
        "The work was paid for by a grant of $2.3 million from the coastal fund.\n"
    ),
    "ferry.txt": (
        "Ferry crews vote to strike\n\nBy Paul Adeyemi\nCoast Weekly\n\nJune 3, 2013\n\n"
        "Crews of the island ferry voted on Sunday to stop work for three days. They ask for two "
        "more deckhands on each crossing, and for lower harbour dues.\n\n"
        "The director, Karin Holt, said that buses could not replace the boats.\n"
    ),
    "berths.md": (
        "# Renting a berth\n\n## How to rent a berth\n\nTo rent a berth in the marina, follow "
        "these steps:\n\n1. Ask the harbour office for the form.\n"
        "2. Pay the deposit at the counter.\n3. Hang the permit from the mast.\n\n"
        "Berths are let by the year.\n\n"
        "## Prices\n\n| pier | length limit | price |\n| --- | --- | --- |\n"
        "| North pier | 12 metres | 900 crowns |\n| South pier | 8 metres | 600 crowns |\n"
    ),
}
