"""What holds of every input, whoever made it: the laws of the gate, tried by hypothesis and by a fuzzer."""
