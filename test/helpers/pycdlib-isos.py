"""Images that mastering programs do not make, or not as pycdlib does: the function NAME makes `pycdlib NAME.iso`.

    python3 pycdlib-isos.py DIRECTORY [NAME…]
"""

import io
import os
import sys

import pycdlib


def write(iso, path):
    iso.write(path)
    iso.close()


def add(iso, text, **paths):
    iso.add_fp(io.BytesIO(text), len(text), **paths)


def tree(iso, rock_ridge=False, joliet=False):
    """A few files and directories, in whichever namespaces there are."""

    def names(plain, real, file):
        return {
            "iso_path": plain,
            **({"rr_name": real.rsplit("/")[-1]} if rock_ridge else {}),
            **({"joliet_path": real} if joliet else {}),
        }

    iso.add_directory(**names("/DIR1", "/a directory", False))
    iso.add_directory(**names("/DIR1/DIR2", "/a directory/deeper", False))
    iso.add_directory(**names("/EMPTY", "/empty", False))
    add(iso, b"one\n", **names("/FILE1.TXT;1", "/a file.txt", True))
    add(iso, b"two\n" * 2000, **names("/DIR1/FILE2.;1", "/a directory/file2", True))
    add(iso, b"", **names("/DIR1/DIR2/ZERO.TXT;1", "/a directory/deeper/zero.txt", True))


def rock_ridge_109(path):
    iso = pycdlib.PyCdlib()
    iso.new(rock_ridge="1.09", interchange_level=3)
    tree(iso, rock_ridge=True)
    write(iso, path)


def rock_ridge_112_and_joliet(path):
    iso = pycdlib.PyCdlib()
    iso.new(rock_ridge="1.12", joliet=3, interchange_level=3)
    tree(iso, rock_ridge=True, joliet=True)
    write(iso, path)


def relocated_directories(path):
    iso = pycdlib.PyCdlib()
    iso.new(rock_ridge="1.09", interchange_level=3)
    for top in ("X", "Y"):
        plain = ""
        for level in range(1, 10):
            plain += f"/{top}{level}"
            iso.add_directory(plain, rr_name=f"{top.lower()}{level}")
        add(iso, top.encode(), iso_path=f"{plain}/DEEP.;1", rr_name="deep")
    write(iso, path)


def long_names_and_links(path):
    """Names and links that need continuation areas (SUSP 5.1)."""
    iso = pycdlib.PyCdlib()
    iso.new(rock_ridge="1.12", interchange_level=3)
    for number, length in enumerate((100, 180, 230, 250)):
        add(iso, b"%d" % length, iso_path=f"/N{number}.;1", rr_name="n" * length)
        target = "/".join(["t" * 60] * (number + 1)) + "/../" + "u" * 200
        iso.add_symlink(f"/L{number}.;1", rr_symlink_name=f"link{number}", rr_path=target)
    iso.add_symlink("/SELF.;1", rr_symlink_name="self", rr_path="self")
    iso.add_symlink("/DOT.;1", rr_symlink_name="dot", rr_path=".")
    iso.add_symlink("/ABS.;1", rr_symlink_name="absolute", rr_path="/" + "n" * 100)
    write(iso, path)


def joliet_only_names(path):
    iso = pycdlib.PyCdlib()
    iso.new(joliet=3, interchange_level=1)
    tree(iso, joliet=True)
    add(iso, "ü".encode(), iso_path="/UNICODE.;1", joliet_path="/日本語 ü.txt")
    add(iso, b"long", iso_path="/LONG.;1", joliet_path="/" + "j" * 64)
    write(iso, path)


def joliet_hides_a_file(path):
    """A file that is in the Joliet tree alone, and one that is in the primary tree alone."""
    iso = pycdlib.PyCdlib()
    iso.new(joliet=3, interchange_level=3)
    add(iso, b"both", iso_path="/BOTH.;1", joliet_path="/both")
    add(iso, b"joliet", iso_path="/JOLIET.;1", joliet_path="/joliet")
    iso.rm_hard_link(iso_path="/JOLIET.;1")
    add(iso, b"plain", iso_path="/PLAIN.;1")
    write(iso, path)


def level_1(path):
    iso = pycdlib.PyCdlib()
    iso.new(interchange_level=1)
    tree(iso)
    write(iso, path)


def level_4_enhanced(path):
    """ISO 9660:1999: a second descriptor, names without version and of any case."""
    iso = pycdlib.PyCdlib()
    iso.new(interchange_level=4)
    iso.add_directory("/a directory")
    add(iso, b"one", iso_path="/a directory/a rather long name of a file.text")
    add(iso, b"two", iso_path="/.hidden")
    write(iso, path)


def duplicate_primary_descriptor(path):
    iso = pycdlib.PyCdlib()
    iso.new(rock_ridge="1.09", interchange_level=3)
    iso.duplicate_pvd()
    tree(iso, rock_ridge=True)
    write(iso, path)


def el_torito(path):
    iso = pycdlib.PyCdlib()
    iso.new(rock_ridge="1.09", joliet=3, interchange_level=3)
    tree(iso, rock_ridge=True, joliet=True)
    add(iso, b"boot" * 600, iso_path="/BOOT.;1", rr_name="boot", joliet_path="/boot")
    iso.add_eltorito("/BOOT.;1", bootcatfile="/BOOT.CAT;1", rr_bootcatname="boot.cat", joliet_bootcatfile="/boot.cat")
    write(iso, path)


def el_torito_hidden(path):
    """The boot image and its catalog are in no directory."""
    iso = pycdlib.PyCdlib()
    iso.new(interchange_level=3)
    tree(iso)
    add(iso, b"boot" * 600, iso_path="/BOOT.;1")
    iso.add_eltorito("/BOOT.;1", bootcatfile="/BOOT.CAT;1", efi=True)
    iso.rm_hard_link(iso_path="/BOOT.;1")
    iso.rm_hard_link(iso_path="/BOOT.CAT;1")
    write(iso, path)


def hard_links(path):
    iso = pycdlib.PyCdlib()
    iso.new(rock_ridge="1.09", interchange_level=3)
    tree(iso, rock_ridge=True)
    for number in range(40):
        iso.add_hard_link(iso_old_path="/FILE1.TXT;1", iso_new_path=f"/H{number}.;1", rr_name=f"hard link {number}")
    write(iso, path)


def extended_architecture(path):
    """CD-XA: 14 bytes before the system use entries of each record (SUSP 5.3)."""
    iso = pycdlib.PyCdlib()
    iso.new(rock_ridge="1.09", interchange_level=3, xa=True)
    tree(iso, rock_ridge=True)
    write(iso, path)


def udf_bridge(path):
    iso = pycdlib.PyCdlib()
    iso.new(interchange_level=3, udf="2.60")
    add(iso, b"both", iso_path="/BOTH.;1", udf_path="/both")
    iso.add_directory("/DIR", udf_path="/dir")
    write(iso, path)


class Sparse(io.FileIO):
    """A file whose holes are neither read nor written, since gigabytes of them take time."""

    ZEROS = bytes(1 << 20)

    def read(self, length=-1):
        start = self.tell()
        try:
            data = os.lseek(self.fileno(), start, os.SEEK_DATA)
        except OSError:  # there is none up to the end
            data = sys.maxsize
        hole = min(data, os.fstat(self.fileno()).st_size) - start
        self.seek(start)
        if length < 0 or length > hole or length > len(self.ZEROS):
            return super().read(length)
        self.seek(length, 1)
        return self.ZEROS[:length]

    def write(self, data):
        if data is self.ZEROS:
            self.seek(len(data), 1)
            return len(data)
        return super().write(data)


def large_file(path):
    """The sparse file `large.bin` beside the image in extents of less than 4 GiB, and a small one after it."""
    iso = pycdlib.PyCdlib()
    iso.new(rock_ridge="1.09", interchange_level=3)
    with Sparse(os.path.join(os.path.dirname(path), "large.bin")) as source, Sparse(path, "w") as image:
        iso.add_fp(source, os.fstat(source.fileno()).st_size, iso_path="/LARGE.;1", rr_name="large.bin")
        add(iso, b"after", iso_path="/ZAFTER.;1", rr_name="zafter")
        iso.write_fp(image, blocksize=len(Sparse.ZEROS))
    iso.close()


if __name__ == "__main__":
    directory, *chosen = sys.argv[1:]
    for name in chosen:
        globals()[name](os.path.join(directory, f"pycdlib {name}.iso"))
