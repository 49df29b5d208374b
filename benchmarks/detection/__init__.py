"""How surely what is reportable is noticed in text: sets, figures with intervals, tables."""
