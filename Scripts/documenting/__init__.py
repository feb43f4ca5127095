"""The parts of Scripts/check-documentation."""
