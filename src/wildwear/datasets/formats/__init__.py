"""One file a format. Each reads files into COCO documents and, where the format allows, writes them."""
