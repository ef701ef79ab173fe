"""The tests; a package, so that files with the same name in its folders are told apart."""
