<?php
// PHP, on the site's server. WENLU_EMBED_SECRET is the secret that Wenlu has in WENLU_EMBED_SECRETS.
function wenlu_token($id, $name) {
    $part = fn($data) => rtrim(strtr(base64_encode($data), '+/', '-_'), '=');
    $claims = ['sub' => (string) $id, 'name' => $name, 'aud' => '%site%', 'exp' => time() + 3600];
    $signed = $part(json_encode(['alg' => 'HS256', 'typ' => 'JWT'])) . '.' . $part(json_encode($claims));
    return $signed . '.' . $part(hash_hmac('sha256', $signed, getenv('WENLU_EMBED_SECRET'), true));
}
