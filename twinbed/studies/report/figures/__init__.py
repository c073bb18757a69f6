"""The figures of a report, one file a figure: SVG text drawn from evidence, styled by the page."""
