"""Another system over the same speech, and its figures beside ours."""
