"""Topic `kpi-updates`: the newest totals per campaign and day, for services that would rather listen than ask. A process of its own: `python -m views_api updates`."""
