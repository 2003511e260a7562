"""The policies of policies/ as a Book, or every fault in them with file, line and mend."""
