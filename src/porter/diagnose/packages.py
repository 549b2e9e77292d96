"""Which system package has what builds most often lack, for hints: Debian's names."""

from __future__ import annotations

import re

_PACKAGES = {
    "libffi-dev": r"ffi\.h|ffi|libffi",
    "libxml2-dev": r"libxml/.*|libxml2?|xml2|libxml-2\.0|xml2-config",
    "libxslt1-dev": r"libxslt/.*|libxslt|xslt|xslt-config",
    "libpq-dev": r"libpq-fe\.h|pg_config|pq|libpq|pg_config\.h",
    "libssl-dev": r"openssl/.*|openssl|OpenSSL|ssl|crypto|libssl|libcrypto",
    "libldap2-dev": r"lber\.h|ldap\.h|ldap|ldap_r|lber",
    "libsasl2-dev": r"sasl/.*|sasl\.h|sasl2",
    "libhdf5-dev": r"hdf5\.h|H5public\.h|hdf5|libhdf5\S*|HDF5",
    "zlib1g-dev": r"zlib\.h|z|zlib|ZLIB",
    "libjpeg-dev": r"jpeglib\.h|jpeg|libjpeg|JPEG",
    "libbz2-dev": r"bzlib\.h|bz2|libbzip2",
    "liblzma-dev": r"lzma\.h|lzma|liblzma",
    "libsqlite3-dev": r"sqlite3\.h|sqlite3",
    "libcurl4-openssl-dev": r"curl/.*|curl|libcurl|curl-config",
    "default-libmysqlclient-dev": r"mysql\.h|mysql_config|mysqlclient|mariadb_config|libmariadb",
    "unixodbc-dev": r"sql\.h|sqlext\.h|odbc",
    "libyaml-dev": r"yaml\.h|yaml|yaml-0\.1",
    "libzmq3-dev": r"zmq\.h|zmq|libzmq",
    "libopenblas-dev": r"cblas\.h|openblas|blas|cblas|lapack|BLAS|LAPACK|OpenBLAS",
    "libgeos-dev": r"geos_c\.h|geos_c|geos-config|GEOS",
    "libproj-dev": r"proj\.h|proj_api\.h|PROJ",
    "proj-bin and libproj-dev": r"proj",
    "libspatialindex-dev": r"spatialindex/.*|spatialindex(?:_c)?",
    "libicu-dev": r"unicode/.*|icu-(?:i18n|uc|io)|icu(?:i18n|uc|io|data)|icu-config",
    "libgdal-dev": r"gdal\.h|gdal|gdal-config",
    "libcairo2-dev": r"cairo\.h|cairo",
    "libdbus-1-dev": r"dbus/.*|dbus-1|dbus-1 .*",
    "libglib2.0-dev": r"glib\.h|glib-2\.0|glib-2\.0 .*|gobject-2\.0",
    "libev-dev": r"ev\.h|ev",
    "libkrb5-dev": r"krb5\.h|gssapi/.*|krb5-config|gssapi_krb5",
    "libgmp-dev": r"gmp\.h|gmp",
    "libmpfr-dev": r"mpfr\.h|mpfr",
    "libsndfile1-dev": r"sndfile\.h|sndfile",
    "portaudio19-dev": r"portaudio\.h|portaudio",
    "libasound2-dev": r"alsa/.*|asound",
    "libenchant-2-dev": r"enchant\.h|enchant",
    "libmagic-dev": r"magic\.h|magic",
    "libudev-dev": r"libudev\.h|udev",
    "libusb-1.0-0-dev": r"libusb\.h|usb-1\.0",
    "libsystemd-dev": r"systemd/.*|systemd|libsystemd",
    "libfreetype-dev": r"ft2build\.h|freetype|freetype2|Freetype",
    "libboost-all-dev": r"boost/.*|boost_\w+|Boost",
    "libeigen3-dev": r"Eigen/.*|Eigen3",
    "libsnappy-dev": r"snappy(?:-c)?\.h|snappy",
    "liblz4-dev": r"lz4(?:frame|hc)?\.h|lz4",
    "libzstd-dev": r"zstd\.h|zstd",
    "libbluetooth-dev": r"bluetooth/.*|bluetooth",
    "libcap-dev": r"sys/capability\.h|cap|libcap",
    "libunwind-dev": r"libunwind\.h|unwind|libunwind",
    "libnuma-dev": r"numa\.h|numa",
    "libatlas-base-dev": r"atlas|f77blas|satlas",
    "pkg-config": r"pkg-config|pkgconf",
    "gfortran": r"gfortran|f77|f90|f95",
    "cargo and rustc": r"cargo|rustc|Rust",
    "swig": r"swig",
    "golang": r"go",
    "git": r"git",
    "autoconf and automake": r"autoconf|automake|autoreconf|aclocal",
    "libtool": r"libtool|libtoolize",
    "flex": r"flex",
    "bison": r"bison|yacc",
    "make": r"make|gmake",
    "nasm": r"nasm",
    "perl": r"perl",
    "protobuf-compiler": r"protoc",
    "llvm-dev": r"llvm-config\S*",
    "openmpi-bin and libopenmpi-dev": r"mpicc|mpi\.h|mpi",
    "openjdk": r"javac|jni\.h",
}
_KNOWN = {package: re.compile(pattern) for package, pattern in _PACKAGES.items()}

_FILE = re.compile(r"lib(?P<name>[\w.+-]+?)(?:\.so(?:\.\d+)*)?", re.ASCII)


def package_with(name: str) -> str | None:
    """The package that has a header, library, program or pkg-config module.

    A library by its name for the linker (``hdf5``) or its file's (``libhdf5.so.103``).
    """
    library = _FILE.fullmatch(name)
    names = (name, library["name"]) if library else (name,)
    for package, pattern in _KNOWN.items():
        if any(map(pattern.fullmatch, names)):
            return package
    return None
