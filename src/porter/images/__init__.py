"""Which image serves which platform and interpreter; bootstrap where no registry answers."""

from porter.images.catalogue import catalogue
from porter.images.compose import container_images, local_images
from porter.images.images import Images, build_platform, platforms_of
from porter.images.store import ImageInfo, ImageStore, Puller, Sysroot

__all__ = [
    "ImageInfo",
    "ImageStore",
    "Images",
    "Puller",
    "Sysroot",
    "build_platform",
    "catalogue",
    "container_images",
    "local_images",
    "platforms_of",
]
