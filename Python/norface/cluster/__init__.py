"""An archive analysed on several machines."""
