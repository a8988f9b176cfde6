"""A review of a real release, its evidence measured on servers of the machine."""
