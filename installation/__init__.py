"""The Neural Image: an installation player that draws the neurons of image recognition networks live."""

__version__ = "0.1.0"
