"""Does anterior pelvic tilt, or work on the hip flexors, have anything to do with low back pain?"""

__version__ = "0.1.0"
