"""The published benchmarks, read from the data sets' own folders by whoever holds their licences."""
