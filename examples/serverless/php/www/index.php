<?php
// The front controller: every path comes here. The database is a file of the image; what is written to it is in this request's fork.

$path = $_SERVER['PATH_INFO'] ?? '/';
$types = ['css' => 'text/css; charset=utf-8', 'svg' => 'image/svg+xml', 'txt' => 'text/plain; charset=utf-8'];

if (preg_match('#^/static/([a-z]+)\.([a-z]+)$#', $path, $match) && is_file(__DIR__ . $path)) {
    header('Content-Type: ' . ($types[$match[2]] ?? 'application/octet-stream'));
    readfile(__DIR__ . $path);
} elseif ($path === '/') {
    $visits = (int) file_get_contents('/data/visits.txt') + 1;
    file_put_contents('/data/visits.txt', "$visits\n");
    header('Content-Type: text/plain; charset=utf-8');
    echo 'Hello, ', $_GET['name'] ?? 'guest', ". You are visitor number ", (int) file_get_contents('/data/visits.txt'), ".\n";
} elseif ($path === '/form' && $_SERVER['REQUEST_METHOD'] === 'POST') {
    setcookie('room', $_POST['room'] ?? '');
    header('Content-Type: application/json');
    ksort($_POST);
    echo json_encode(['form' => $_POST, 'cookie' => $_COOKIE, 'agent' => $_SERVER['HTTP_USER_AGENT'] ?? null]), "\n";
} elseif ($path === '/upload' && isset($_FILES['file'])) {
    // php-cgi writes an upload to a temporary file first.
    header('Content-Type: text/plain');
    echo $_FILES['file']['name'], ' ', $_FILES['file']['size'], ' ', md5_file($_FILES['file']['tmp_name']), "\n";
} elseif ($path === '/lobby') {
    header('Location: /');
} elseif ($path === '/sqlite') {
    $database = new SQLite3('/data/book.sqlite');
    $database->exec('CREATE TABLE IF NOT EXISTS visits (number INTEGER)');
    $database->exec('INSERT INTO visits VALUES (1), (2), (39)');
    header('Content-Type: text/plain');
    echo $database->querySingle('SELECT sum(number) FROM visits'), "\n";
} elseif ($path === '/fails') {
    undefined_function();
} else {
    http_response_code(404);
    header('Content-Type: text/plain');
    echo "no such page\n";
}
