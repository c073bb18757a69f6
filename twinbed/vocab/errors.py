"""What is raised while the vocabulary is read, before anything of it can be imported."""


class DrugError(ValueError):
    """A drug's file that cannot be used; the message says where and what is expected."""
