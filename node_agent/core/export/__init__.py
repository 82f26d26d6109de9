"""Pure parts of the export: what ffmpeg is asked for, what sound files hold."""
