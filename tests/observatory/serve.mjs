// Serves header lines on loopback, over https and plain http on one port: ADDRESS PORT CHAIN.pem KEY.pem
// Case number N of cases.json lies at `/N/`.
import fs from 'node:fs';
import net from 'node:net';
import tls from 'node:tls';

const [address, port, chain, key] = process.argv.slice(2);
const cases = JSON.parse(fs.readFileSync(new URL('cases.json', import.meta.url), 'utf8'));
const secure = { cert: fs.readFileSync(chain), key: fs.readFileSync(key) };

function response(status, lines, body) {
  return [`HTTP/1.1 ${status}`, `Content-Length: ${Buffer.byteLength(body)}`, ...lines, '', body].join('\r\n');
}

const caseAt = (path) => cases[Number(path.split('/')[1])];

// What a case answers to one request at its place. Over plain http it leads to https, unless the case says otherwise.
function answer(isSecure, head) {
  const path = head.split(' ')[1];
  const oneCase = caseAt(path);
  if (!oneCase) return response('404 Not Found', ['Content-Type: text/plain'], 'not found');
  const origin = /^origin: *(.*)$/im.exec(head)?.[1];
  const redirect = (to) => response('301 Moved Permanently', [`Location: ${to}`], '');
  if (!isSecure && oneCase.plain === 'leaves') return redirect(`https://127.0.0.1:${port}${path}`);
  if (!isSecure && oneCase.plain === 'detours' && !path.endsWith('/detour')) return redirect(`http://localhost:${port}${path}detour`);
  if (!isSecure && oneCase.plain !== 'stays') return redirect(`https://localhost:${port}${path}`);
  const lines = oneCase.lines.map((line) => line.replace('@ORIGIN@', origin ?? 'null'));
  return response('200 OK', ['Content-Type: text/html; charset=utf-8', ...lines], oneCase.body);
}

function converse(socket, isSecure) {
  let heard = '';
  socket.on('error', () => {});
  socket.on('data', (bytes) => {
    heard += bytes.toString('latin1');
    for (let end = heard.indexOf('\r\n\r\n'); end >= 0; end = heard.indexOf('\r\n\r\n')) {
      const head = heard.slice(0, end);
      heard = heard.slice(end + 4);
      socket.write(answer(isSecure, head));
    }
  });
}

// Both schemes on one port, as both have their own on a real host: the first byte of TLS is none of HTTP.
const server = net.createServer((socket) => {
  socket.on('error', () => {});
  socket.once('data', (first) => {
    socket.pause();
    socket.unshift(first);
    if (first[0] === 22) {
      converse(new tls.TLSSocket(socket, { isServer: true, ...secure }), true);
    } else {
      converse(socket, false);
      socket.resume();
    }
  });
});
server.listen(Number(port), address);
