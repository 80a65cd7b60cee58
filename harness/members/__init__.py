"""An application with a user model of its own, which shares little with Django's."""
