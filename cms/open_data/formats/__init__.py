"""The formats that lines can be taken away in. Each writes the same rows, and the same bytes for the same dataset."""
