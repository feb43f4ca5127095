// The room's first file names it until its types land.
