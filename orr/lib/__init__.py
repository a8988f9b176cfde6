"""Ground floor: what every storey stands on, and knows of none of them."""
