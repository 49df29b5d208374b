"""How the classifiers are made: data to ONNX to model card, one command a model (`coach train`).

torch and transformers are needed here alone (requirements-training.lock); nothing that serves
calls imports them, nor this folder.
"""
