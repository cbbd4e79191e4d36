"""How is a question answered? What is read for it, in one state of the store and within what the caller may see, and put into a view."""
