# Works with files the way Ruby programs do, and prints what came of it.
#
# Nothing printed depends on the host, the clock or the filesystem below, so the output is the same in memory and in a
# host directory. The only argument is the directory to work in. The tree is the one that python_files.py makes.

require "csv"
require "digest/sha2"
require "fileutils"
require "find"
require "pathname"
require "rubygems/package"
require "tempfile"

ROOT = Pathname(ARGV.fetch(0, "/tmp/ruby"))
INN = ROOT / "inn"

def report(what, detail)
  puts "#{what.ljust(10)} #{detail}"
end

# Every file below the directory, in order.
def files(directory)
  Find.find(directory.to_s).map { |path| Pathname(path) }.select { |path| path.lstat.file? }.sort_by { |path| path.to_s.split("/") }
end

def create
  (1..4).to_a.product((1..3).to_a).each do |floor, room|
    directory = INN / "floor-#{floor}" / "room-#{floor}0#{room}"
    directory.mkpath
    (directory / "guests.txt").write("room #{floor}0#{room}\n" * floor * room)
    (directory / "key.bin").binwrite(Digest::SHA256.digest(directory.basename.to_s) * 300)
  end
  report "created", "#{files(ROOT).size} files, #{files(ROOT).sum(&:size)} bytes"
end

def change
  master = INN / "master.bin"
  File.rename(INN / "floor-1/room-103", INN / "floor-2/suite")
  File.rename(INN / "floor-2/suite/guests.txt", INN / "floor-3/room-301/guests.txt")
  File.link(INN / "floor-4/room-401/key.bin", master)
  File.symlink("floor-2/suite", INN / "best")
  File.open(master, "r+b") do |file|
    file.seek(100)
    file.write("changed through the other name")
    file.truncate(5000)
    file.rewind
    file.pread(30, 100) == "changed through the other name" or raise "pread does not see the write"
    file.pos.zero? or raise "pread moved the offset"
  end
  same = File.identical?(master, INN / "floor-4/room-401/key.bin")
  report "changed", "hard link #{same} with #{master.stat.nlink} names, symlink to #{File.readlink(INN / 'best')}"
  marks = { "directory" => "/", "link" => "@", "file" => "" }
  report "listed", INN.children.sort.map { |path| "#{path.basename}#{marks.fetch(path.lstat.ftype)}" }.join(" ")
  File.utime(Time.at(1_000_000_000), Time.at(1_234_567_890, 987_654_321, :nsec), master)
  report "times", master.mtime.then { |time| time.to_i * 1_000_000_000 + time.nsec }
end

def raises?(error)
  yield
  false
rescue SystemCallError => raised
  raised.instance_of?(error)
end

def mistakes
  answers = [
    raises?(Errno::ENOENT) { File.open(ROOT / "missing") },
    raises?(Errno::EEXIST) { File.open(INN / "master.bin", File::WRONLY | File::CREAT | File::EXCL) },
    raises?(Errno::EEXIST) { Dir.mkdir(INN) },
    raises?(Errno::EISDIR) { File.open(INN, "w") },
    raises?(Errno::ENOTDIR) { Dir.children(INN / "master.bin") },
    raises?(Errno::ENOTEMPTY) { Dir.rmdir(INN) },
    raises?(Errno::ENOENT) { File.stat("#{ROOT}/missing/../inn") },
  ]
  report "mistakes", "#{answers.count(true)} of #{answers.size} answered rightly"
end

def archive
  File.open(ROOT / "inn.tar", "wb") do |out|
    Gem::Package::TarWriter.new(out) do |tar|
      files(INN).each do |path|
        tar.add_file_simple(path.relative_path_from(INN).to_s, 0o644, path.size) { |entry| entry.write(path.binread) }
      end
    end
  end
  count = 0
  File.open(ROOT / "inn.tar", "rb") do |archive|
    Gem::Package::TarReader.new(archive).each do |entry|
      target = ROOT / "from-tar" / entry.full_name
      target.dirname.mkpath
      target.binwrite(entry.read.to_s)
      count += 1
    end
  end
  report "archived", "#{count} files in a tar of #{(ROOT / 'inn.tar').size} bytes"
  differing = files(INN).reject { |path| FileUtils.identical?(path, ROOT / "from-tar" / path.relative_path_from(INN)) }
  report "differs", differing.join(" ") unless differing.empty?
  report "extracted", "sha256 #{Digest::SHA256.hexdigest(files(ROOT / 'from-tar').map(&:binread).join)}"
end

# Replaces the file at once: whoever reads it finds the old contents or the new ones.
def save(path, object)
  draft = Pathname("#{path}.draft")
  draft.open("wb") do |file|
    Marshal.dump(object, file)
    file.flush
    file.fdatasync
  end
  draft.rename(path)
end

def store
  guests = 2000.times.map { |index| [100 + index % 12, "guest #{index}", index % 7] }
  save(ROOT / "inn.data", [])
  save(ROOT / "inn.data", guests)
  loaded = (ROOT / "inn.data").open("rb") { |file| Marshal.load(file) }
  CSV.open(ROOT / "inn.csv", "w") { |csv| loaded.each { |guest| csv << guest } }
  rows = CSV.read(ROOT / "inn.csv")
  report "stored", "#{rows.size} guests, #{rows.sum { |row| row.last.to_i }} nights, as before: #{loaded == guests}"
end

def temporary
  Tempfile.create("lines", ROOT.to_s) do |file|
    1000.times { file.puts "a line" }
    file.flush
    file.fsync
    report "temporary", "#{File.foreach(file.path).count} lines"
  end
  found = Dir.glob("**/suite/*", base: ROOT.to_s).sort
  report "glob", found.join(" ")
end

def delete
  FileUtils.cp_r(INN, ROOT / "copied")
  count = Find.find(ROOT.to_s).count - 1
  FileUtils.rm_r(ROOT)
  report "deleted", "#{count} entries, something left: #{ROOT.exist?}"
end

puts "Ruby #{RUBY_VERSION}"
create
change
mistakes
archive
store
temporary
delete
