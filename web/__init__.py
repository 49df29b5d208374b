"""Who sees it: HTTP and websocket API, access tokens, pages."""
