"""A first draft of a programme: what is to be placed (`problem`), what is still free (`occupancy`), the model that the
solver gets (`model`), the search (`solve`), and why something did not fit (`explaining`). Only `loading` knows the
database."""
