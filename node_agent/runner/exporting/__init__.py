"""The stage export: frames and sounds to a probed file, its poster and its thumbnail."""
