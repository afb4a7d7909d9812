"""An index in Lance tables, in a folder or in object storage (`pincite[lance]`)."""
