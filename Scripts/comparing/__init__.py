"""The parts of Scripts/compare-builds."""
