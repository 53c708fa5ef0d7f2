"""Decisions that every group of stakeholders can live with."""
