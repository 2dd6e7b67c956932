"""What views over the store share: a store that cannot be read is said in plain words, not as a failure."""

from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.db import Error as DatabaseError
from django.http import HttpRequest
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _

from regulars_mapping import RegularsError
from wagtail_regulars._checks import store_problems


class ReadsStore:
    """A view whose page is made while the store can be read."""

    def dispatch(self, request: HttpRequest, *arguments: Any, **keywords: Any) -> Any:
        """The page; where the store fails, a page that says why and what to do (503)."""
        try:
            response = super().dispatch(request, *arguments, **keywords)  # type: ignore[misc]  # a mixin
            # Rows are read while the template is rendered; that must happen in here.
            return response.render() if isinstance(response, TemplateResponse) else response
        except (RegularsError, ImproperlyConfigured) as error:
            reason = str(error)
        except DatabaseError:
            reason = next((problem.msg for problem in store_problems()), _("The store did not answer."))
        return TemplateResponse(
            request, "wagtail_regulars/customers/unavailable.html", {"reason": reason}, status=503
        )
