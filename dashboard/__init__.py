"""The browser viewer: what is seen of `makemore`."""
