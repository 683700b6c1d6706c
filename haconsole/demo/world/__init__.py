"""The demo's world: a network of machines and the services that live on them."""
