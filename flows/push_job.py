"""A finished build copied to object storage: the manifest last, what is there already not again."""

from pipeline.errors import SettingsError
from pipeline.io import exclusive
from pipeline.layout import Layout
from pipeline.publishing.build import checked_manifest
from pipeline.remote import Pushed, is_remote, push
from pipeline.settings import Settings

PAGES = "report*.html"


def push_build(settings: Settings, address: str) -> Pushed:
    """Copy every table of a build, its pages and its manifest to a prefix.

    Args:
        settings: `out` is the build.
        address: Such as `s3://bucket/prefix`.

    Raises:
        XRouterError: The build is unfinished or changed, or the storage is in the way.
    """
    if not is_remote(address):
        raise SettingsError(f"{address}: no address such as s3://bucket/prefix")
    built = Layout(settings.out)
    with exclusive(built.root):
        tables = [record.path for record in checked_manifest(built).files]
        pages = sorted(path.name for path in built.root.glob(PAGES))
        return push(built.root, [*tables, *pages], built.manifest.name, address)
