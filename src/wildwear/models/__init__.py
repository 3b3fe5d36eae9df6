"""Models (torch): Mask R-CNN in the shapes that `ModelConfig` names, its checkpoints, and the way to the model file.

`build` makes a network, `save_checkpoint` and `load_checkpoint` keep it, `export_model` writes the `.onnx` that inference runs.
"""
