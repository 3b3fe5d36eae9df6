"""What reading and writing Label Studio's tasks share."""

TASKS, INTERFACE = "tasks.json", "interface.xml"
IMAGE, OUTLINE, MASK = "image", "outline", "mask"  # names of the tags in our interface
META = "wildwear"  # in a task's `meta`: the fields of the image record
LOCAL = "/data/local-files/?d="  # before the name of a photo in a folder that Label Studio may read
WHOLE = 100  # per cent: coordinates are shares of the photo's sides
DIGITS = 6  # of a coordinate in pixels: shares are not exact
