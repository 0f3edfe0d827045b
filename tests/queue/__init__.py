"""Work after the response, with the real servers, which these tests kill."""
