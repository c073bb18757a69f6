"""One file for every document of a dossier: `made(material, text)` gives its title and its sections."""
