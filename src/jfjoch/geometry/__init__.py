"""Where pixels are: raw modules, assembled image, laboratory."""
