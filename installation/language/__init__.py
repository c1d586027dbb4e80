"""The record language of every YAML file that people write: nodes with lines, kinds of words, records, mistakes."""
