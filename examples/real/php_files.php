<?php
// Works with files the way PHP programs do, and prints what came of it.
//
// Nothing printed depends on the host, the clock or the filesystem below, so the output is the same in memory and in a
// host directory. The only argument is the directory to work in. The tree is the one that python_files.py makes.

declare(strict_types=1);

$root = rtrim($argv[1] ?? '/tmp/php', '/');
$inn = "$root/inn";

// Every warning ends the script: nothing may go wrong unseen.
set_error_handler(function (int $level, string $message): bool {
    throw new ErrorException($message);
});

function report(string $what, string $detail): void
{
    printf("%-10s %s\n", $what, $detail);
}

/** Every file below the directory, in order of its path. */
function files(string $directory): array
{
    $found = [];
    $flags = FilesystemIterator::SKIP_DOTS;
    foreach (new RecursiveIteratorIterator(new RecursiveDirectoryIterator($directory, $flags)) as $path => $entry) {
        if ($entry->isFile() && !$entry->isLink()) {
            $found[] = substr($path, strlen($directory) + 1);
        }
    }
    usort($found, fn ($a, $b) => strtr($a, '/', "\0") <=> strtr($b, '/', "\0"));
    return $found;
}

function total(string $directory): int
{
    return array_sum(array_map(fn ($name) => filesize("$directory/$name"), files($directory)));
}

/** Removes the directory with all that is in it; returns how many entries there were below it. */
function remove(string $directory): int
{
    $count = 0;
    foreach (array_diff(scandir($directory), ['.', '..']) as $name) {
        $path = "$directory/$name";
        $count += 1 + (is_dir($path) && !is_link($path) ? remove($path) : (int) !unlink($path));
    }
    rmdir($directory);
    return $count;
}

function create(string $root, string $inn): void
{
    for ($floor = 1; $floor <= 4; $floor++) {
        for ($room = 1; $room <= 3; $room++) {
            $directory = "$inn/floor-$floor/room-{$floor}0$room";
            mkdir($directory, 0777, true);
            file_put_contents("$directory/guests.txt", str_repeat("room {$floor}0$room\n", $floor * $room));
            file_put_contents("$directory/key.bin", str_repeat(hash('sha256', basename($directory), true), 300));
        }
    }
    report('created', sprintf('%d files, %d bytes', count(files($root)), total($root)));
}

function change(string $inn): void
{
    rename("$inn/floor-1/room-103", "$inn/floor-2/suite");
    rename("$inn/floor-2/suite/guests.txt", "$inn/floor-3/room-301/guests.txt");
    link("$inn/floor-4/room-401/key.bin", "$inn/master.bin");
    symlink('floor-2/suite', "$inn/best");
    $file = fopen("$inn/master.bin", 'r+b');
    fseek($file, 100);
    fwrite($file, 'changed through the other name');
    ftruncate($file, 5000);
    fclose($file);
    clearstatcache();
    $master = stat("$inn/master.bin");
    $same = $master['ino'] === stat("$inn/floor-4/room-401/key.bin")['ino'];
    report('changed', sprintf(
        'hard link %s with %d names, symlink to %s',
        var_export($same, true),
        $master['nlink'],
        readlink("$inn/best"),
    ));
    $marked = [];
    foreach (array_diff(scandir($inn), ['.', '..']) as $name) {
        $marked[] = $name . (is_link("$inn/$name") ? '@' : (is_dir("$inn/$name") ? '/' : ''));
    }
    report('listed', implode(' ', $marked));
    touch("$inn/master.bin", 1234567890, 1000000000);
    clearstatcache();
    report('times', (string) filemtime("$inn/master.bin"));
}

function mistakes(string $root, string $inn): void
{
    $cases = [
        ['No such file or directory', fn () => fopen("$root/missing", 'r')],
        ['File exists', fn () => fopen("$inn/master.bin", 'x')],
        ['File exists', fn () => mkdir($inn)],
        ['Is a directory', fn () => fopen($inn, 'w')],
        ['Not a directory', fn () => opendir("$inn/master.bin")],
        ['Directory not empty', fn () => rmdir($inn)],
        ['No such file or directory', fn () => unlink("$root/missing")],
    ];
    $right = 0;
    foreach ($cases as [$expected, $action]) {
        try {
            $action();
        } catch (ErrorException $error) {
            $right += (int) str_contains($error->getMessage(), $expected);
        }
    }
    report('mistakes', sprintf('%d of %d answered rightly', $right, count($cases)));
}

/** The archive of one's own: a line of length and name, then the contents, for each file. (This PHP has no phar or zip.) */
function archive(string $root, string $inn): void
{
    $archive = fopen("$root/inn.archive", 'wb');
    foreach (files($inn) as $name) {
        fwrite($archive, sprintf("%d %s\n", filesize("$inn/$name"), $name));
        $file = fopen("$inn/$name", 'rb');
        stream_copy_to_stream($file, $archive);
        fclose($file);
    }
    fclose($archive);
    $archive = fopen("$root/inn.archive", 'rb');
    $count = 0;
    while (($line = fgets($archive)) !== false) {
        [$length, $name] = explode(' ', rtrim($line, "\n"), 2);
        $target = "$root/from-archive/$name";
        if (!is_dir(dirname($target))) {
            mkdir(dirname($target), 0777, true);
        }
        file_put_contents($target, (int) $length > 0 ? fread($archive, (int) $length) : '');
        $count++;
    }
    fclose($archive);
    report('archived', sprintf('%d files in %d bytes', $count, filesize("$root/inn.archive")));
    $digest = hash_init('sha256');
    foreach (files("$root/from-archive") as $name) {
        hash_update_file($digest, "$root/from-archive/$name");
    }
    report('extracted', 'sha256 ' . hash_final($digest));
}

function database(string $root): void
{
    $path = "$root/inn.db";
    $db = new SQLite3($path);
    $db->enableExceptions(true);
    $mode = $db->querySingle('PRAGMA journal_mode = DELETE');
    $db->exec('BEGIN; CREATE TABLE guests (room INTEGER, name TEXT, nights INTEGER)');
    $insert = $db->prepare('INSERT INTO guests VALUES (?, ?, ?)');
    for ($index = 0; $index < 2000; $index++) {
        $insert->bindValue(1, 100 + $index % 12, SQLITE3_INTEGER);
        $insert->bindValue(2, "guest $index", SQLITE3_TEXT);
        $insert->bindValue(3, $index % 7, SQLITE3_INTEGER);
        $insert->execute()->finalize();
        $insert->reset();
    }
    $insert->close();
    $db->exec('CREATE INDEX by_room ON guests (room); COMMIT');
    $db->exec('BEGIN; DELETE FROM guests WHERE room < 108');
    clearstatcache();
    $during = file_exists("$path-journal");
    $db->exec('ROLLBACK');
    clearstatcache();
    $after = file_exists("$path-journal");
    report('database', sprintf(
        '%s journal there in the transaction %s, after it %s',
        $mode,
        var_export($during, true),
        var_export($after, true),
    ));
    $db->exec('VACUUM');
    $db->close();
    $pdo = new PDO("sqlite:$path", options: [PDO::ATTR_ERRMODE => PDO::ERRMODE_EXCEPTION]);
    [$count, $nights] = $pdo->query('SELECT count(*), sum(nights) FROM guests')->fetchAll(PDO::FETCH_NUM)[0];
    [$check] = $pdo->query('PRAGMA integrity_check')->fetchAll(PDO::FETCH_COLUMN);
    report('rows', "$count guests, $nights nights, integrity $check");
}

function temporary(string $root, string $inn): void
{
    $name = tempnam($root, 'lines');
    $file = fopen($name, 'w+');
    unlink($name);
    for ($line = 0; $line < 1000; $line++) {
        fwrite($file, "a line\n");
    }
    rewind($file);
    $lines = 0;
    while (fgets($file) !== false) {
        $lines++;
    }
    report('temporary', "$lines lines in a file without a name");
    copy("$inn/floor-2/suite/key.bin", "$inn/floor-2/suite/copy.bin");
    report('glob', implode(' ', array_map(fn ($path) => substr($path, strlen($root) + 1), glob("$inn/*/suite/*"))));
}

function delete(string $root): void
{
    $count = remove($root);
    clearstatcache();
    report('deleted', sprintf('%d entries, something left: %s', $count, var_export(file_exists($root), true)));
}

printf("PHP %s with SQLite %s\n", PHP_VERSION, SQLite3::version()['versionString']);
create($root, $inn);
change($inn);
mistakes($root, $inn);
archive($root, $inn);
database($root);
temporary($root, $inn);
delete($root);
