"""An operator at a plant's broker: follows motors, orders acts, hears what became of them."""
